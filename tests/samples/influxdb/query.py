# From InfluxData's documentation of Cloud Serverless, "Python Flight SQL DBAPI client",
# "FlightSQLClient.do_get". Its source has the template {{< influxdb/host >}} for the host; that is
# filled in as the published page shows it (docs.influxdata.com/influxdb3/cloud-serverless/
# reference/client-libraries/flight/python-flightsql-dbapi). All else is as printed.
from flightsql import FlightSQLClient

# Instantiate a FlightSQLClient configured for a database
client = FlightSQLClient(host='cloud2.influxdata.com',
    token='API_TOKEN',
    metadata={'database': 'BUCKET_NAME'},
    features={'metadata-reflection': 'true'})

# Execute the query to retrieve FlightInfo
info = client.execute("SELECT * FROM home")

# Extract the token for retrieving data
ticket = info.endpoints[0].ticket

# Use the ticket to request the Arrow data stream.
# Return a FlightStreamReader for streaming the results.
reader = client.do_get(ticket)

# Read all data to a pyarrow.Table
table = reader.read_all()

print(table)
