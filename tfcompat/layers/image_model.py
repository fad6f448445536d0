"""What models with a training step of their own over whole images share."""

import tf_keras as keras


class ImageModel:
    """Logs what a training step finds, and builds itself when it is loaded.

    Stands before `keras.Model` among the bases of a class that has
    `image_size` and whose `build` needs no shape.

    Attributes:
        logged: Tuple of str: what `train_step` gives to `log`.
        trackers: Dict from each of them to its mean over an epoch.
    """

    logged = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.trackers = {name: keras.metrics.Mean(name) for name in self.logged}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def log(self, parts):
        """Takes down a step's numbers.

        Args:
            parts: Dict from a name of `logged` to a replica's share of the
                number, as `global_share` gives it.
        """
        # The metrics average over replicas what are shares of a sum.
        replicas = self.distribute_strategy.num_replicas_in_sync
        for name, value in parts.items():
            self.trackers[name].update_state(value * replicas)

    def results(self):
        """Dict from each name of `logged` to its mean so far."""
        return {metric.name: metric.result() for metric in self.metrics}

    def build_optimizers(self, discriminator_optimizer, variables, judged):
        """Builds both optimizers at once, so that a checkpoint holds them.

        Args:
            discriminator_optimizer: Optimizer, or its name, beside the one
                that the model is compiled with.
            variables: What the model's own optimizer moves.
            judged: What that of the discriminators moves.
        """
        self.discriminator_optimizer = keras.optimizers.get(
            discriminator_optimizer
        )
        self.optimizer.build(variables)
        self.discriminator_optimizer.build(judged)

    def get_build_config(self):
        return {"image_size": self.image_size}

    def build_from_config(self, config):
        self.build()
