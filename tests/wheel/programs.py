# SPDX-License-Identifier: Apache-2.0
"""What the tests run where a wheel was installed: each is given a server's URL."""

NAMES = """
import importlib, pkgutil, fletching
for module in pkgutil.iter_modules(fletching.__path__, "fletching."):
    name = module.name.rpartition(".")[2]
    if name in {optional!r} or name.startswith("lib"):
        continue
    importlib.import_module(module.name)
"""
# What needs packages that are not there.
OPTIONAL = {"serve", "sqlalchemy", "superset", "_gevent", "_harlequin"}
ROWS = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    print(cursor.execute("select count(*), 'x' from flights").fetchall())
"""
TABLE = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    table = cursor.execute("select * from flights").fetch_arrow_table()
    table.validate(full=True)
    print(table.num_rows, table.num_columns)
"""
ADBC = """
import sys, fletching, adbc_driver_manager.dbapi as dbapi
driver = fletching.adbc_driver_path()
with dbapi.connect(driver=driver, db_kwargs={"uri": sys.argv[1]}, autocommit=True) as c:
    with c.cursor() as cursor:
        cursor.execute("select count(*) from flights")
        print(cursor.fetchall())
"""
BY_NAME = """
import sys
from adbc_driver_fletching import dbapi
with dbapi.connect("fletching:" + sys.argv[1]) as c, c.cursor() as cursor:
    cursor.execute("select count(*) from flights")
    print(cursor.fetchall())
"""
WITHOUT_MANAGER = """
import adbc_driver_fletching
print(adbc_driver_fletching.__version__ is not None)
try:
    import adbc_driver_fletching.dbapi
except ImportError as error:
    print(error)
"""
OLD_NAME = """
import sys
from flightsql import FlightSQLClient, connect
host, _, port = sys.argv[1].rpartition("/")[2].rpartition(":")
client = FlightSQLClient(host=host, port=int(port), insecure=True)
info = client.execute("select count(*) as n from flights")
print(client.do_get(info.endpoints[0].ticket).read_all().to_pydict())
print(connect(client).cursor().execute("select 1"))
"""
ENGINE = """
import sys, sqlalchemy
url = sys.argv[1].replace("grpc://", "datafusion+flightsql://") + "?insecure=true"
with sqlalchemy.create_engine(url).connect() as connection:
    print(connection.execute(sqlalchemy.text("select count(*) from flights")).all())
"""
# Each type that a server sends, as Python shows it.
COMPARED = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.execute(
        "select 1::tinyint, -9223372036854775808,"
        " 170141183460469231731687303715884105727,"
        " 1.5::float, 'infinity'::double, 123456.123456789::decimal(38, 9), true, null,"
        " 'gr\\u00fc\\u00df', 'x'::blob, date '1582-10-15', time '23:59:59.999999',"
        " timestamp_ns '2024-02-29 01:02:03.123456789',"
        " timestamptz '2024-02-29 01:02:03+02', interval '1 month 2 days',"
        " [1, null], {'a': [{'b': 2}]}, map {'k': 1.25}, 'a'::enum('a', 'b')"
    )
    print(cursor.fetchall(), [column[:2] for column in cursor.description])
    cursor.execute("select ?, ?, ?, ?", [2**62, "\\u00e4", [[[1]], [[2, 3]]], 0.1])
    print(cursor.fetchall())
    cursor.execute("select * from flights order by all limit 1000")
    print(cursor.fetchall())
try:
    fletching.connect("grpc://127.0.0.1:1")
except fletching.Error as error:
    print(type(error).__name__, error)
"""
