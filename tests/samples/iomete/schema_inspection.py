# From IOMETE's page "IOMETE SQLAlchemy Driver", "Usage", "Schema Inspection". Filled in: what stands in
# angle brackets there, with the values of the README of iomete-sqlalchemy 1.0.23, and the
# indentation, which the copy of the page lost. All else is as printed.
from sqlalchemy import create_engine, inspect
engine = create_engine(
    "iomete://your-username:your-password@dev.iomete.cloud:443"
    "/spark_catalog/default"
    "?cluster=your-cluster&data_plane=your-data-plane"
)
inspector = inspect(engine)
print(inspector.get_schema_names())
print(inspector.get_table_names(schema="spark_catalog.default"))
