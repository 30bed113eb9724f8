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
...
cursor = connection.cursor(as_dict=True)
cursor.execute("SELECT customer_id, name, email FROM customers WHERE customer_id = %s", (123,))
row = cursor.fetchone()
print(row["customer_id"]) # Access by column name
cursor.close()
connection.close()
