"""The databases that other tests run on."""

import sqlalchemy


def test_each_test_gets_an_empty_database_of_both_kinds(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text("CREATE TABLE t (name TEXT)"))
        connection.execute(sqlalchemy.text("INSERT INTO t VALUES ('結び')"))
        assert connection.execute(sqlalchemy.text("SELECT name FROM t")).scalar() == "結び"
    engine.dispose()
