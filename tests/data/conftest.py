"""A small sound wardrobe folder that tests spoil in one place each."""

import pytest
from PIL import Image

ITEMS = """item_id,image,group,category,price,attr_color,attr_length
t1,images/t1.png,top,shirt,10,red,0.5
t2,images/t2.png,top,polo,,blue,
b1,images/b1.png,bottom,skirt,12.5,,1
b2,images/b2.png,bottom,jeans,9,red,2
"""
ITEM_VOTES = """customer_id,item_id,vote
anna,t1,1
anna,b1,-1
ben,t2,1
"""
PAIR_VOTES = """customer_id,query_id,candidate_id,vote,timestamp
anna,t1,b1,1,100
ben,t1,b1,-1,101
ben,t2,b2,1,102
"""
OUTFITS = """outfit_id,customer_id,item_id
o1,anna,t1
o1,anna,b1
o2,,t2
o2,,b2
"""
QUESTIONS = """question_id,split,customer_id,query_id,candidate_id,label
q1,test,anna,t1,b1,1
q1,test,anna,t1,b2,0
q2,test,,t2,b1,0
q2,test,,t2,b2,1
"""


@pytest.fixture
def folder(tmp_path):
    """Path of a wardrobe folder with every table but customers.csv."""
    folder = tmp_path / "wardrobe"
    (folder / "images").mkdir(parents=True)
    for place, item in enumerate(("t1", "t2", "b1", "b2")):
        image = Image.new("RGB", (12, 8), (50 * place, 100, 200))
        image.save(folder / "images" / f"{item}.png")
    tables = {
        "items": ITEMS,
        "item_votes": ITEM_VOTES,
        "pair_votes": PAIR_VOTES,
        "outfits": OUTFITS,
        "questions": QUESTIONS,
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def spoil(folder):
    """Function that replaces text in one of the folder's tables."""

    def replace(name, old, new):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
