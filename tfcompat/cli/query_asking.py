"""Asking a server what a command line asks."""

from tfcompat.cli.query_answer import Answer
from tfcompat.cli.query_server import open_client
from tfcompat.data.errors import InputError


def ask(args, pictures):
    """Asks the question of a command line.

    Args:
        args: Arguments of `tfcompat query`; a model that is not chosen is.
        pictures: `Pictures`.

    Returns:
        List of `Answer`.

    Raises:
        InputError: If the question is wrong, or the server does not answer.
    """
    with open_client(args) as client:
        return _QUESTIONS[args.question](client, args, pictures)


def _score(client, args, pictures):
    if args.item and (args.query or args.candidate):
        raise InputError("--item takes the place of --query and --candidate.")
    common = {"model": args.model, "timeout": args.timeout}
    if args.item:
        args.model = common["model"] = args.model or "stynet"
        if not args.customer:
            raise InputError("--item needs a --customer to like it.")
        customers, scored = _spread(customer=args.customer, item=args.item)
        queries = [()] * len(scored)
        answer = client.score_items(customers, scored, **common)
    else:
        args.model = common["model"] = args.model or "psa_net"
        if not args.query or not args.candidate:
            raise InputError("give --query and --candidate, or --item.")
        customers, queries, scored = _spread(
            customer=args.customer,
            query=[pictures.open(name) for name in args.query],
            candidate=[pictures.open(name) for name in args.candidate],
        )
        answer = client.score(
            customers if args.customer else None,
            [query.content for query in queries],
            [candidate.content for candidate in scored],
            **common,
        )
        queries = [(query,) for query in queries]
    known = answer.known_customers or [None] * len(scored)
    answers = []
    for *asked, item, score in zip(
        customers, queries, known, scored, answer.scores.tolist(), strict=True
    ):
        last = answers[-1] if answers else None
        if last and [last.customer, last.queries, last.known_customer] == asked:
            last.items.append((item, score))
        else:
            answers.append(Answer(*asked, [(item, score)]))
    return answers


def _complete(client, args, pictures):
    if (args.query is None) == (args.outfit is None):
        raise InputError("give --query, or else --outfit.")
    if args.outfit is None:
        customers, queries = _columns(args, pictures)
        asked = [query.content for query in queries]
        queries = [(query,) for query in queries]
    else:
        outfit = tuple(pictures.open(name) for name in args.outfit)
        customers, queries = _spread(customer=args.customer, outfit=[outfit])
        asked = [[item.content for item in outfit] for outfit in queries]
    rankings = client.complete(
        customers if args.customer else None,
        asked,
        args.group,
        args.k,
        model=args.model,
        timeout=args.timeout,
    )
    return [
        Answer(
            customer,
            pictures,
            ranking.known_customer,
            _pairs(ranking),
            ranking.template,
        )
        for customer, pictures, ranking in zip(
            customers, queries, rankings, strict=True
        )
    ]


def _recommend(client, args, pictures):
    rankings = client.recommend(
        args.customer, args.k, model=args.model, timeout=args.timeout
    )
    return [
        Answer(customer, (), ranking.known_customer, _pairs(ranking))
        for customer, ranking in zip(args.customer, rankings, strict=True)
    ]


def _design(client, args, pictures):
    customers, queries = _columns(args, pictures)
    designs = client.design(
        customers,
        [query.content for query in queries],
        args.k,
        model=args.model,
        timeout=args.timeout,
    )
    return [
        Answer(
            customer,
            (query,),
            design.known_customer,
            _pairs(design),
            design.image,
        )
        for customer, query, design in zip(
            customers, queries, designs, strict=True
        )
    ]


def _manipulate(client, args, pictures):
    return _like(
        args,
        pictures,
        lambda contents: client.manipulate(
            contents,
            remove=args.remove,
            add=args.add,
            k=args.k,
            model=args.model,
            timeout=args.timeout,
        ),
    )


def _similar(client, args, pictures):
    return _like(
        args,
        pictures,
        lambda contents: client.similar(
            contents,
            args.attribute,
            args.k,
            model=args.model,
            timeout=args.timeout,
        ),
    )


def _like(args, pictures, find):
    """Answers of a question that has queries, but no customers."""
    queries = [pictures.open(name) for name in args.query]
    rankings = find([query.content for query in queries])
    return [
        Answer(None, (query,), None, _pairs(ranking))
        for query, ranking in zip(queries, rankings, strict=True)
    ]


_QUESTIONS = {
    "complete": _complete,
    "score": _score,
    "recommend": _recommend,
    "design": _design,
    "manipulate": _manipulate,
    "similar": _similar,
}


def _columns(args, pictures):
    """Customers and query pictures, one a row."""
    return _spread(
        customer=args.customer,
        query=[pictures.open(name) for name in args.query],
    )


def _spread(**columns):
    """Lists of one length: a single value, or None, stands for all rows."""
    rows = max(len(column) for column in columns.values() if column)
    for name, column in columns.items():
        if column and len(column) not in (1, rows):
            raise InputError(
                f"--{name} has {len(column)} values where others have {rows}: "
                "give one, or as many."
            )
    return [
        (column or [None]) * (rows if len(column or [None]) == 1 else 1)
        for column in columns.values()
    ]


def _pairs(answer):
    return list(zip(answer.item_ids, answer.scores, strict=True))
