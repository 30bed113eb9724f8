# From InfluxData's documentation, "Python Flight SQL DBAPI client", "Initialize a client".
from flightsql import FlightSQLClient

# Instantiate a FlightSQLClient configured for a database
client = FlightSQLClient(host='cloud2.influxdata.com',
                        token='API_TOKEN',
                        metadata={'database': 'BUCKET_NAME'},
                        features={'metadata-reflection': 'true'})
