# InfluxData's sample of do_get, with the second of the ways to read that its page names.
# The host is filled in as in query.py.
from flightsql import FlightSQLClient

client = FlightSQLClient(host='cloud2.influxdata.com',
    token='API_TOKEN',
    metadata={'database': 'BUCKET_NAME'},
    features={'metadata-reflection': 'true'})
info = client.execute("SELECT * FROM home")
reader = client.do_get(info.endpoints[0].ticket)

print(reader.read_chunk())
