"""Algorithm 1 of the personalised designer: how its networks take turns."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.losses.bpr import BPRLoss
from tfcompat.losses.global_batch import global_share, replica_count
from tfcompat.losses.relativistic import relativistic_average_loss
from tfcompat.losses.weight_norm import squared_weight_norm

LOGGED = (
    "loss",  # Eq. 12.
    "compatibility",  # Eq. 10.
    "guidance",  # Eq. 11.
    "discriminator",  # Eq. 1.
    "generator",  # Eq. 2.
    "liked_score",
    "designed_score",
    "real_score",
    "fake_score",
)
# The paper names Adam and the rate alone; beta_1 is DCGAN's.
_RATE, _BETA_1 = 2e-4, 0.5


class Algorithm1(tf.Module):
    """One step of F, M and theta; two of D; one of G: again and again.

    Departs from the paper in drawing the designs after the step of F, M and
    theta instead of before it: discriminator and decoder then learn from the
    same designs, which are drawn once. Under `tf.distribute` all relativistic
    means are over the global batch; the other customers of eq. 7 are those of
    the replica's own part, and so are the statistics of batch norm.

    Args:
        compatibility_optimizer: Of encoder and metric network; None for the
            paper's Adam, and so the others.
        customer_optimizer: Of the customers' vectors. In the paper it is the
            former; but a vector learns from its own customer's votes alone,
            and of few votes only by larger steps.
        discriminator_optimizer: Of the discriminator.
        generator_optimizer: Of the decoder.
        guidance_weight: lambda_1, of eq. 11; 0 leaves it out.
        discriminator_weight: lambda_2, of eq. 1.
        generator_weight: lambda_3, of eq. 2.
        regularization: lambda of eq. 10, on the squared norm of the weights of
            encoder and metric network.
        shrinkage: Weight of the mean squared distance of customers' vectors
            from 1, where they start. The paper has none; it helps customers of
            few outfits. `Designer.fold_in` takes the same.
        discriminator_steps: n_D, of the discriminator for each of the others.

    Raises:
        ValueError: If `discriminator_steps` is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 3.3.
    """

    def __init__(
        self,
        compatibility_optimizer=None,
        customer_optimizer=None,
        discriminator_optimizer=None,
        generator_optimizer=None,
        *,
        guidance_weight=1.0,
        discriminator_weight=1.0,
        generator_weight=1.0,
        regularization=1e-6,
        shrinkage=0.0,
        discriminator_steps=2,
    ):
        super().__init__()
        if discriminator_steps < 1:
            raise ValueError(
                "`discriminator_steps` must be positive, got "
                f"{discriminator_steps}."
            )
        self.compatibility_optimizer = compatibility_optimizer or _adam()
        self.customer_optimizer = customer_optimizer or _adam()
        self.discriminator_optimizer = discriminator_optimizer or _adam(_BETA_1)
        self.generator_optimizer = generator_optimizer or _adam(_BETA_1)
        self.guidance_weight = guidance_weight
        self.discriminator_weight = discriminator_weight
        self.generator_weight = generator_weight
        self.regularization = regularization
        self.shrinkage = shrinkage
        self.discriminator_steps = discriminator_steps
        self.bpr = BPRLoss(reduction="none")

    def build(self, designer):
        """Builds each optimiser for the weights that it moves, and no others.

        At once, so that a checkpoint holds all of them from the start.

        Args:
            designer: Built `Designer`.
        """
        for optimizer, variables in (
            (self.compatibility_optimizer, _metric_variables(designer)),
            (self.customer_optimizer, designer.customers.trainable_variables),
            (
                self.discriminator_optimizer,
                designer.discriminator.trainable_variables,
            ),
            (self.generator_optimizer, designer.decoder.trainable_variables),
        ):
            optimizer.build(variables)

    def step(self, designer, inputs, labels):
        """One round, on a batch of `make_design_dataset`.

        Args:
            designer: Built `Designer`.
            inputs: Dict of the batch.
            labels: Dict of the batch.

        Returns:
            Dict of `LOGGED` scalars, this replica's share of each.
        """
        parts = self.learn_compatibility(designer, inputs, labels)
        parts |= self.learn_design(designer, inputs, labels["target"])
        parts["loss"] = (
            parts["compatibility"]
            + self.guidance_weight * parts["guidance"]
            + self.discriminator_weight * parts["discriminator"]
            + self.generator_weight * parts["generator"]
        )
        return parts

    def learn_compatibility(self, designer, inputs, labels):
        """The step of F, M and theta: eq. 10."""
        weights = _metric_variables(designer)
        vectors = designer.customers.trainable_variables
        with tf.GradientTape() as tape:
            scores = compatibility_scores(designer, inputs, labels, True)
            is_liked = tf.one_hot(tf.zeros_like(inputs["customer"]), 4)
            loss = global_share(self.bpr(is_liked, scores))
            penalty = self.regularization * squared_weight_norm(weights)
            loss += penalty / replica_count()
            if self.shrinkage:
                given, _ = designer.customers(inputs["customer"])
                distance = tf.reduce_mean(tf.square(given - 1.0), axis=-1)
                loss += self.shrinkage * global_share(distance)
        slopes = tape.gradient(loss, [weights, vectors])
        self.compatibility_optimizer.apply_gradients(
            zip(slopes[0], weights, strict=True)
        )
        if vectors:  # The ablations learn nothing of a customer.
            self.customer_optimizer.apply_gradients(
                zip(slopes[1], vectors, strict=True)
            )
        return {
            "compatibility": loss,
            "liked_score": global_share(scores[:, 0]),
        }

    def learn_design(self, designer, inputs, target):
        """The steps of D, then that of G: eq. 1, then 2 and 11."""
        codes = designer.encoder(tf.concat([inputs["query"], target], axis=0))
        query, liked = tf.split(tf.stop_gradient(codes), 2)
        vectors, condition = designer.customers(inputs["customer"])
        real = 2.0 * target - 1.0  # As the decoder's tanh.
        with tf.GradientTape() as tape:
            designs = designer.draw(query, condition, training=True)
            drawn = 2.0 * designs - 1.0
            with tape.stop_recording():
                for _ in range(self.discriminator_steps):
                    apart = self.learn_to_discriminate(designer, real, drawn)
            real_scores = designer.discriminator(real, training=True)
            fake_scores = designer.discriminator(drawn, training=True)
            generator = relativistic_average_loss(real_scores, fake_scores)
            loss = self.generator_weight * generator
            guidance = designed = tf.constant(0.0)
            if self.guidance_weight:
                scores = designer.score_codes(
                    vectors, query, designer.encoder(designs)
                )
                guidance = relativistic_average_loss(
                    designer.score_codes(vectors, query, liked), scores
                )
                designed = global_share(scores)
                loss += self.guidance_weight * guidance
        self.generator_optimizer.minimize(
            loss, designer.decoder.trainable_variables, tape=tape
        )
        return {
            "guidance": guidance,
            "discriminator": apart,
            "generator": generator,
            "designed_score": designed,
            "real_score": global_share(real_scores),
            "fake_score": global_share(fake_scores),
        }

    def learn_to_discriminate(self, designer, real, fake):
        """One step of D: eq. 1."""
        with tf.GradientTape() as tape:
            loss = relativistic_average_loss(
                designer.discriminator(real, training=True),
                designer.discriminator(fake, training=True),
                margin=1.0,
            )
            scaled = self.discriminator_weight * loss
        self.discriminator_optimizer.minimize(
            scaled, designer.discriminator.trainable_variables, tape=tape
        )
        return loss


def compatibility_scores(designer, inputs, labels, training=False):
    """Scores liked outfits and the three kinds of negatives of eq. 7.

    Args:
        designer: Built `Designer`.
        inputs: Dict of a batch of `make_design_dataset`.
        labels: Dict of the same batch.
        training: Whether this is a training step.

    Returns:
        float32 `[b, 4]`: the liked pair; its query with a random item; what
        another customer of the batch liked; a pair the customer disliked.
    """
    images = [
        inputs["query"],
        labels["target"],
        labels["random"],
        labels["disliked_query"],
        labels["disliked_target"],
    ]
    codes = designer.encoder(tf.concat(images, axis=0), training=training)
    query, target, random, *disliked = tf.split(codes, len(images))
    customer = inputs["customer"]
    vectors, _ = designer.customers(customer)
    randomly = designer.score_codes(vectors, query, random)
    others = designer.score_codes(
        vectors, tf.roll(query, 1, axis=0), tf.roll(target, 1, axis=0)
    )
    # A customer's own outfit is no negative; the random one counts twice.
    is_own = tf.roll(customer, 1, axis=0) == customer
    return tf.stack(
        [
            designer.score_codes(vectors, query, target),
            randomly,
            tf.where(is_own, randomly, others),
            designer.score_codes(vectors, *disliked),
        ],
        axis=1,
    )


def _metric_variables(designer):
    """theta_FM: what eq. 10 regularises."""
    return [
        *designer.encoder.trainable_variables,
        *designer.metric_network.trainable_variables,
    ]


def _adam(beta_1=0.9):
    return keras.optimizers.Adam(_RATE, beta_1)
