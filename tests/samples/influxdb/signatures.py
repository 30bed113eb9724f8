# The signatures that InfluxData's page prints, each called in the order printed there:
#   __init__(self, host=None, token=None, metadata=None, features=None)
#   execute(query: str, call_options: Optional[FlightSQLCallOptions] = None)
#   do_get(ticket, call_options: Optional[FlightSQLCallOptions] = None)
# The host is filled in as in query.py.
from flightsql import FlightSQLClient
from flightsql.client import FlightSQLCallOptions

client = FlightSQLClient('cloud2.influxdata.com', 'API_TOKEN',
                         {'database': 'BUCKET_NAME'}, {'metadata-reflection': 'true'})
options = FlightSQLCallOptions(timeout=60)
info = client.execute("SELECT * FROM home", options)
reader = client.do_get(info.endpoints[0].ticket, options)

print(client.features, reader.read_all().num_rows)
