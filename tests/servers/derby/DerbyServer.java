// SPDX-License-Identifier: Apache-2.0

import java.io.File;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.auth2.BasicCallHeaderAuthenticator;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;
import org.apache.arrow.flight.auth2.GeneratedBearerTokenAuthenticator;
import org.apache.arrow.flight.sql.example.FlightSqlExample;
import org.apache.arrow.memory.RootAllocator;

/**
 * Arrow Java's Flight SQL example on Derby, as a program: --port N, --database NAME (a folder made
 * in the working directory), --cert and --key (PKCS #8) for TLS, --user and --password.
 *
 * <p>The port must be known before the start: the example writes it into its endpoints.
 */
public final class DerbyServer {
  public static void main(String[] arguments) throws Exception {
    System.setProperty("derby.stream.error.field", "java.lang.System.err");
    Map<String, String> options = parse(arguments);
    int port = Integer.parseInt(options.get("port"));
    boolean tls = options.containsKey("cert");
    Location location =
        tls
            ? Location.forGrpcTls("127.0.0.1", port)
            : Location.forGrpcInsecure("127.0.0.1", port);

    RootAllocator allocator = new RootAllocator();
    FlightServer.Builder builder =
        FlightServer.builder(
            allocator, location, new FlightSqlExample(location, options.get("database")));
    if (tls) {
      builder.useTls(new File(options.get("cert")), new File(options.get("key")));
    }
    if (options.containsKey("user")) {
      builder.headerAuthenticator(
          new GeneratedBearerTokenAuthenticator(
              new BasicCallHeaderAuthenticator(
                  (user, password) -> login(options, user, password))));
    }
    FlightServer server = builder.build().start();
    System.out.println("listening on " + location.getUri());
    server.awaitTermination();
  }

  private static CallHeaderAuthenticator.AuthResult login(
      Map<String, String> options, String user, String password) {
    if (!options.get("user").equals(user) || !options.get("password").equals(password)) {
      throw CallStatus.UNAUTHENTICATED
          .withDescription("bad user or password")
          .toRuntimeException();
    }
    return () -> user;
  }

  private static Map<String, String> parse(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (!arguments[i].startsWith("--")) {
        throw new IllegalArgumentException("want --NAME VALUE, got " + arguments[i]);
      }
      options.put(arguments[i].substring(2), arguments[i + 1]);
    }
    return options;
  }

  private DerbyServer() {}
}
