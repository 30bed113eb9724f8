# From InfluxData's documentation of Cloud Serverless, "Python Flight SQL DBAPI client",
# "Initialize a client". Its source has the template {{< influxdb/host >}} for the host; that is
# filled in as the published page shows it (docs.influxdata.com/influxdb3/cloud-serverless/
# reference/client-libraries/flight/python-flightsql-dbapi). All else is as printed.
from flightsql import FlightSQLClient

# Instantiate a FlightSQLClient configured for a database
client = FlightSQLClient(host='cloud2.influxdata.com',
                        token='API_TOKEN',
                        metadata={'database': 'BUCKET_NAME'},
                        features={'metadata-reflection': 'true'})
