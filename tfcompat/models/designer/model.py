"""The personalised designer: garments that do not exist yet."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.customer_vectors import CustomerVectors
from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.models.designer.algorithm import LOGGED, Algorithm1
from tfcompat.models.designer.fold_in import fit_vectors


@keras.saving.register_keras_serializable(package="tfcompat")
class Designer(NestedParts, ImageModel, keras.Model):
    """Designs an item that goes with a query and suits a customer.

    The encoder F turns the query into a code; from the code and the customer's
    vector theta_u the decoder G draws the image. Two judges train it: the
    discriminator D says whether images look real, and the metric network M
    whether the pair suits the customer, from the product of both items' codes
    and the customer's vector.

    The paper's ablations are other parts and numbers: `CustomerLabels`
    ("discrete user label") or `EveryCustomer` ("user unaware design") for
    `customers`, and `Algorithm1(guidance_weight=0)` ("remove L_G^FM").

    Args:
        encoder: `ImageEncoder` from images to codes; shared by both sides.
        decoder: `ImageDecoder` from codes with conditions to images.
        discriminator: `ImageDiscriminator`.
        metric_network: `MetricNetwork`.
        customers: `CustomerVectors`, `CustomerLabels` or `EveryCustomer`.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict of "query", float images `[b, s, s, 3]` in [0, 1], and
            "customer", int `[b]` customer rows, -1 for a stranger.

    Returns:
        float32 `[b, s, s, 3]` designs in [0, 1].

    Raises:
        ValueError: If the customers' size is not that of a code.

    Reference:
        Yu, Hu, Chen, Zeng 2019, "Personalized fashion design", ICCV.
    """

    part_names = (
        "encoder",
        "decoder",
        "discriminator",
        "metric_network",
        "customers",
    )
    logged = LOGGED

    def __init__(
        self,
        encoder,
        decoder,
        discriminator,
        metric_network,
        customers,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if customers.dim != encoder.dim:
            raise ValueError(
                f"`customers` has dim {customers.dim}, but `encoder` "
                f"{encoder.dim}."
            )
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.metric_network = metric_network
        self.customers = customers

    @property
    def image_size(self):
        return self.decoder.image_size

    def build(self, input_shape=None):
        side = self.decoder.image_size
        dim = self.encoder.dim
        shapes = {
            "encoder": (None, side, side, 3),
            "decoder": (None, dim + self.customers.condition_dim),
            "discriminator": (None, side, side, 3),
            "metric_network": (None, dim),
            "customers": (None,),
        }
        for name, shape in shapes.items():
            part = getattr(self, name)
            if not part.built:
                part.build(shape)
        self.built = True

    def call(self, inputs, training=False):
        codes = self.encoder(inputs["query"], training=training)
        _, condition = self.customers(inputs["customer"])
        return self.draw(codes, condition, training)

    def draw(self, codes, condition, training=False):
        """Designs from codes of queries and what the decoder is told.

        Args:
            codes: float `[b, d]`, as `encoder` returns them.
            condition: float `[b, condition_dim]`, as `customers` returns it.
            training: Whether this is a training step.

        Returns:
            float32 `[b, s, s, 3]` in [0, 1].
        """
        given = tf.concat([codes, condition], axis=-1)
        return 0.5 * (self.decoder(given, training=training) + 1.0)

    def embed_query(self, inputs):
        """What the design for each query looks like: what to search by.

        Args:
            inputs: Dict, as `call` takes it.

        Returns:
            float32 `[b, f]` of length 1.
        """
        return self.encoder.look(self(inputs))

    def embed_candidate(self, images):
        """What real items look like: what an index holds.

        Args:
            images: float `[n, s, s, 3]` in [0, 1].

        Returns:
            float32 `[n, f]` of length 1; the dot product with a design's is
            their likeness, a cosine.
        """
        return self.encoder.look(images)

    def score_codes(self, customer, query, candidate):
        """How well candidates go with queries for customers (eq. 4 and 5).

        Args:
            customer: float `[b, d]` vectors of customers.
            query: float `[b, d]` codes.
            candidate: float `[b, d]` codes.

        Returns:
            float32 `[b]`; higher is more compatible.
        """
        return self.metric_network(customer * query * candidate)

    def fold_in(
        self,
        liked,
        negatives,
        owners,
        num_customers,
        *,
        steps=100,
        learning_rate=0.05,
        shrinkage=0.0,
    ):
        """Learns the vectors of new customers; all else stays as it is.

        Customers are learnt together; 49 of them took some 20 ms each with
        the encoding of their items, docs/results.md, Table 3.
        `customers.condition` makes of the vectors what `draw` takes;
        `extended` keeps them for good.

        Args:
            liked: float `[p, d]` codes of liked outfits: the product of the
                codes of both items.
            negatives: float `[p, k, d]` codes of outfits that each of them
                shall beat.
            owners: int `[p]` in `[0, num_customers)`, whose outfits these are.
            num_customers: How many new customers there are.
            steps: Steps of Adam.
            learning_rate: Of Adam.
            shrinkage: Weight of the mean squared distance from the mean of
                the known customers, where everybody starts; best that of
                `Algorithm1`.

        Returns:
            float32 `[num_customers, d]` vectors; a customer without outfits
            has the vector of a stranger.

        Raises:
            ValueError: If the designer's customers have no vectors.

        Reference:
            Yu et al. 2019, "Personalized fashion design", section 4.5.
        """
        stranger, _ = self._vectors()(tf.constant([-1]))
        scored = tf.concat([liked[:, None, :], negatives], axis=1)
        return self._fit_vectors(
            stranger[0],
            tf.cast(scored, tf.float32),
            tf.cast(owners, tf.int32),
            tf.constant(num_customers, tf.int32),
            tf.constant(steps, tf.int32),
            tf.constant(learning_rate, tf.float32),
            tf.constant(shrinkage, tf.float32),
        )

    @tf.function(reduce_retracing=True)
    def _fit_vectors(self, *args):
        return fit_vectors(self.metric_network, *args)

    def extended(self, vectors):
        """A designer that knows further customers, at the table's end.

        Args:
            vectors: float `[n, d]`, as `fold_in` returns them.

        Returns:
            Built, not compiled `Designer`, which shares all other parts.

        Raises:
            ValueError: If the designer's customers have no vectors.
        """
        parts = {name: getattr(self, name) for name in self.part_names}
        parts["customers"] = self._vectors().extended(vectors)
        extended = Designer(**parts, name=self.name)
        extended.build()
        return extended

    def _vectors(self):
        if not isinstance(self.customers, CustomerVectors):
            raise ValueError(
                "`customers` must be CustomerVectors to learn new ones, got "
                f"{type(self.customers).__name__}."
            )
        return self.customers

    def compile(self, algorithm=None, **kwargs):
        """Sets up training.

        Args:
            algorithm: `Algorithm1`: optimisers and weights of the losses;
                None for the paper's.
            **kwargs: Passed to `keras.Model.compile`.
        """
        self.algorithm = algorithm or Algorithm1()
        super().compile(
            optimizer=self.algorithm.compatibility_optimizer, **kwargs
        )
        self.build()
        self.algorithm.build(self)

    def train_step(self, data):
        """One round of Algorithm 1, on a batch of `make_design_dataset`."""
        inputs, labels = data
        self.log(self.algorithm.step(self, inputs, labels))
        return self.results()
