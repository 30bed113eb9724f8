# From the README of flightsql-dbapi 0.2.2 (its package metadata), "SQLAlchemy", with what
# SQLAlchemy 2 removed (bound metadata, autoload, lists in select) in its present spelling.
import flightsql.sqlalchemy
from sqlalchemy import func, select
from sqlalchemy.engine import create_engine
from sqlalchemy.schema import MetaData, Table

engine = create_engine("datafusion+flightsql://john:appleseeds@upstream.server.dev:443")
runs = Table("runs", MetaData(), autoload_with=engine)
with engine.connect() as connection:
    count = connection.scalar(select(func.count("*")).select_from(runs))
print("runs count:", count)
print("columns:", [(r.name, r.type) for r in runs.columns])

# Reflection
metadata = MetaData(schema="iox")
metadata.reflect(bind=engine)
print("tables:", [table for table in metadata.sorted_tables])
