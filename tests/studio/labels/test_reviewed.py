from halescope.studio.labels.order import doubt_of, next_unreviewed, ordered, scores_of
from halescope.studio.labels.reviewed import FILE, mark_reviewed, read_reviewed


def test_the_last_word_counts(tmp_path):
    assert read_reviewed(tmp_path) == {}
    for key, said in (("a.png", True), ("=b, c.png", True), ("a.png", False)):
        mark_reviewed(tmp_path, key, said)
    assert list(read_reviewed(tmp_path)) == ["=b, c.png"]
    assert (tmp_path / FILE).read_text().startswith("key,reviewed,time\na.png,yes,20")


def test_a_line_that_was_cut_off_costs_itself_alone(tmp_path):
    mark_reviewed(tmp_path, "a.png", True)
    with (tmp_path / FILE).open("a") as stream:
        stream.write("b.png,ye")
    mark_reviewed(tmp_path, "c.png", True)
    assert list(read_reviewed(tmp_path)) == ["a.png", "c.png"]


def test_doubt_is_greatest_where_a_coin_would_be_tossed():
    assert doubt_of([]) == 0
    assert doubt_of([0.5, 0.5]) == 1
    assert doubt_of([1.0, 0.5]) == 0.5
    assert doubt_of([0.0]) == doubt_of([1.0]) == 0


def test_orders():
    doubt = {"a": 0.2, "c": 0.9}
    assert ordered(["a", "b", "c"], doubt, "time") == ["a", "b", "c"]
    assert ordered(["a", "b", "c"], doubt, "least-sure") == ["c", "a", "b"]


def test_next_unreviewed_goes_round():
    keys = ["a", "b", "c"]
    assert next_unreviewed(keys, {"c"}, "b") == "a"
    assert next_unreviewed(keys, {"a", "c"}, "b") is None
    assert next_unreviewed(keys, set(), "gone") == "a"


def test_a_table_that_is_no_catalogue_orders_nothing(tmp_path):
    assert scores_of(tmp_path) == {}
    (tmp_path / "proposals").mkdir()
    (tmp_path / "proposals" / "catalog.csv").write_text("a,b\n1,2\n")
    assert scores_of(tmp_path) == {}
