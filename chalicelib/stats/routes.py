"""Statistics, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.stats.rank import rank
from chalicelib.stats.shapes import PartnerStatsQuery, RankingQuery, RankingView, StatsQuery, StatsView
from chalicelib.stats.sum_up import of_one_partner, of_one_program

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/stats", methods=["GET"])
@endpoint(routes, scope="stats:read", query=PartnerStatsQuery, answer=StatsView)
def partner_stats(call: Call[None, PartnerStatsQuery], id: str) -> StatsView:
    """Sum up a partner: clicks, leads, sales, revenue and rewards, in total and per local day."""
    return of_one_partner(id, call.query, at=call.at)


@routes.route("/v1/programs/{id}/stats", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatsQuery, answer=StatsView)
def program_stats(call: Call[None, StatsQuery], id: str) -> StatsView:
    """Sum up a program, as of the last rollup: in total and per local day."""
    return of_one_program(id, call.query, at=call.at)


@routes.route("/v1/programs/{id}/ranking", methods=["GET"])
@endpoint(routes, scope="stats:read", query=RankingQuery, answer=RankingView)
def program_ranking(call: Call[None, RankingQuery], id: str) -> RankingView:
    """Rank a program's partners and channels over at most 31 UTC days."""
    return rank(id, call.query, at=call.at)
