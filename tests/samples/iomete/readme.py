# From the README of iomete-sqlalchemy 1.0.23 (its package metadata), "Example", as printed.
from sqlalchemy import create_engine, inspect, text

HOST       = "dev.iomete.cloud"
PORT       = 443
USERNAME   = "your-username"
PASSWORD   = "your-password"
CATALOG    = "spark_catalog"
SCHEMA     = "default"
CLUSTER    = "your-cluster"
DATA_PLANE = "your-data-plane"

engine = create_engine(
    f"iomete://{USERNAME}:{PASSWORD}@{HOST}:{PORT}"
    f"/{CATALOG}/{SCHEMA}"
    f"?cluster={CLUSTER}&data_plane={DATA_PLANE}"
)

# Check connection
with engine.connect() as conn:
    print(conn.execute(text("SELECT 1")).scalar())  # → 1

# Reflect schema
inspector = inspect(engine)
print(inspector.get_schema_names())
print(inspector.get_table_names(schema=f"{CATALOG}.{SCHEMA}"))
