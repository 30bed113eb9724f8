# From IOMETE's page "IOMETE SQLAlchemy Driver", "Usage", "Querying Data". Filled in: what stands in
# angle brackets there, with the values of the README of iomete-sqlalchemy 1.0.23, and the
# indentation, which the copy of the page lost. All else is as printed.
from sqlalchemy import create_engine, text
engine = create_engine(
    "iomete://your-username:your-password@dev.iomete.cloud:443"
    "/spark_catalog/default"
    "?cluster=your-cluster&data_plane=your-data-plane"
)
with engine.connect() as conn:
    rows = conn.execute(text("SELECT * FROM my_table LIMIT 10")).fetchall()
    for row in rows:
        print(row)
