"""Prints a question for the demo: a customer, an item's id and a group."""

import sys

from tfcompat.data.wardrobe import Wardrobe

wardrobe = Wardrobe.load(sys.argv[1])
vote = wardrobe.pair_votes.iloc[0]
print(
    wardrobe.customers["customer_id"].iloc[vote["customer"]],
    wardrobe.items["item_id"].iloc[vote["query"]],
    wardrobe.items["group"].iloc[vote["candidate"]],
    sep="\t",
)
