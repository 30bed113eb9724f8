import confluent_sql
# Connect to Confluent Cloud Flink SQL
connection = confluent_sql.connect(
    organization_id="your-org-uuid",
    environment_id="env-123456",
    cloud_provider="aws",
    cloud_region="us-east-2",
    flink_api_key="your-flink-api-key",
    flink_api_secret="your-flink-api-secret",
    database="your-database-name",
    compute_pool_id="lfcp-789012"
)
cursor = connection.cursor()
cursor.execute("SELECT customer_id, name FROM customers")
print(cursor.fetchone())
print(cursor.fetchmany(2))
print(cursor.fetchall())
for row in cursor:
    print(row)
cursor.close()
connection.close()
