"""Settings of the subspace family: PSA-Net, its baselines and ablations."""

import dataclasses

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class SubspaceConfig:
    """Settings of one member of the subspace family.

    Attributes:
        seed: Of weights, order and sampling.
        encoder: Run folder of a garment encoder; "" trains one here.
        backbone: "frozen" takes the encoder's features as they are,
            "fine_tuned" goes on training its CNN; any name that
            `make_backbone` knows trains that CNN from scratch.
        customers: "partial_dual" or "stynet" embeds customers by stage 1,
            "learned" learns them with the rest.
        stage_one: Run folder of that stage 1; "" trains one here.
        attention: "customer", "free" or "category_pair".
        subspaces: "hadamard" or "dense".
        num_subspaces: Number of notions of compatibility, k.
        dim: Size of the item embedding.
        shared_projection: One projection for all groups, or one each.
        item_terms: Whether liking and popularity of each item count.
        loss: "contrastive", "triplet" or "logistic".
        margin: Of the loss.
        votes: "customers" learns from their pair votes, "stylists" from
            outfits that belong to no customer.
        splits: Parts of the pair votes to learn from.
        hidden_units: Width of the attention's hidden layer.
        customer_dim: Size of a learned customer embedding.
        customer_l2: Penalty on it.
        batch_size: Votes a step.
        epochs: Passes over the votes.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW.
        precision: Of a trained CNN: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    encoder: str = ""
    backbone: str = "frozen"
    customers: str = "partial_dual"
    stage_one: str = ""
    attention: str = "customer"
    subspaces: str = "hadamard"
    num_subspaces: int = 3
    dim: int = 64
    shared_projection: bool = False
    item_terms: bool = False
    loss: str = "contrastive"
    margin: float = 1.0
    votes: str = "customers"
    splits: tuple = ("train",)
    hidden_units: int = 64
    customer_dim: int = 8
    customer_l2: float = 1e-3
    batch_size: int = 1024
    epochs: int = 12
    learning_rate: float = 4e-3
    weight_decay: float = 1e-3
    precision: str = "auto"

    def __post_init__(self):
        for name, choices in (
            ("customers", ("partial_dual", "stynet", "learned")),
            ("attention", ("customer", "free", "category_pair")),
            ("subspaces", ("hadamard", "dense")),
            ("loss", ("contrastive", "triplet", "logistic")),
            ("votes", ("customers", "stylists")),
        ):
            value = getattr(self, name)
            if value not in choices:
                raise InputError(
                    f"{name} must be one of {', '.join(choices)}, got "
                    f"{value!r}."
                )
        if self.item_terms and self.customers != "partial_dual":
            raise InputError(
                "item_terms needs customers=partial_dual, which knows how "
                f"customers like items; got customers={self.customers!r}."
            )
