"""What the model card of the personalised designer says in words."""

DESIGN_CARD = {
    "title": "The personalised designer",
    "description": (
        "Draws a garment that goes with a photo and suits a customer, and "
        "finds the real items that look most like it (Yu et al. 2019, "
        "“Personalized fashion design”). The score is the likeness of design "
        "and item, the cosine of what the encoder sees in both: 1 is the same "
        "look. It does not say how well either goes with the photo; PSA-Net "
        "does."
    ),
    "limits": [
        "Making garments: it draws a picture of a look, and knows no cut, "
        "material or size.",
        "Photos of another group than the one it was trained to design for: "
        "what it draws for them means nothing.",
        "Customers that came after training: each is answered as the average "
        "one until its vector is learnt, which takes milliseconds "
        "(`Designer.fold_in`) and another export.",
        "It is made for photos like the catalogue's, one garment on a plain "
        "ground.",
        "Designs resemble what it has learnt from; whose rights those photos "
        "are must be settled before a design is used.",
        "It is not for judging people by what they wear or like.",
    ],
}
