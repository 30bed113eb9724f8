// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.table.gateway.SqlGateway;

/**
 * A Flink cluster and its SQL Gateway in one process: FlinkOne REST_PORT GATEWAY_PORT SLOTS.
 *
 * <p>With REST_PORT 0 there is no cluster: each job brings its own. The configuration is that of FLINK_CONF_DIR; both listen on 127.0.0.1 alone.
 */
public final class FlinkOne {
  public static void main(String[] arguments) throws Exception {
    int rest = Integer.parseInt(arguments[0]);
    if (rest != 0) {
      startCluster(rest, Integer.parseInt(arguments[2]));
    }
    List<String> gateway = new ArrayList<>();
    gateway.add("-Dexecution.target=" + (rest == 0 ? "local" : "remote"));
    if (rest != 0) {
      gateway.add("-Drest.address=127.0.0.1");
      gateway.add("-Drest.port=" + rest);
    }
    gateway.add("-Dsql-gateway.endpoint.rest.address=127.0.0.1");
    gateway.add("-Dsql-gateway.endpoint.rest.bind-address=127.0.0.1");
    gateway.add("-Dsql-gateway.endpoint.rest.port=" + arguments[1]);
    SqlGateway.main(gateway.toArray(new String[0]));
  }

  private static void startCluster(int rest, int slots) throws Exception {
    Configuration configuration =
        GlobalConfiguration.loadConfiguration(System.getenv("FLINK_CONF_DIR"));
    configuration.set(RestOptions.PORT, rest);
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(160));
    // Unequal bounds are refused by a mini cluster.
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    MiniClusterConfiguration cluster =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(slots)
            .build();
    new MiniCluster(cluster).start();
  }

  private FlinkOne() {}
}
