// SPDX-License-Identifier: Apache-2.0
#include "cli/args.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "driver/option_values.h"

namespace fletching::cli {
namespace {

constexpr std::array<std::string_view, 8> kCommands = {
    "query", "shell", "tables", "schema", "ingest", "info", "ping", "serve"};

// A piece of the help and the commands that it is for; empty: all of them.
struct HelpPart {
  std::string_view commands;
  std::string_view text;
};

constexpr std::array<HelpPart, 17> kHelp = {{
    {"", "fletching - SQL over Arrow Flight SQL and Flink SQL\n\n"},
    {"query",
     "  fletching query  URL SQL        run SQL and print its rows; SQL '-' reads "
     "standard input\n"},
    {"shell", "  fletching shell  URL            ask one thing after the other\n"},
    {"tables", "  fletching tables URL            list the tables\n"},
    {"schema", "  fletching schema URL TABLE      the columns of a table\n"},
    {"ingest",
     "  fletching ingest URL TABLE FILE...  write files into a table; '-' is standard "
     "input\n"},
    {"info", "  fletching info   URL            what the server is and can do\n"},
    {"ping", "  fletching ping   URL            can I reach it, and if not, why\n"},
    {"serve",
     "  fletching serve  [OPTIONS]      start the embedded server (fletching serve "
     "--help)\n"},
    {"", R"(
A URL is, for example, grpc://127.0.0.1:31337 or grpc+tls://user:password@host:443;
of a Flink SQL Gateway flink+http://127.0.0.1:8083.

)"},
    {"query shell tables schema info", R"(Output
  --format FORMAT                 table, expanded (a line a value), csv, jsonl or arrow;
                                  default: table on a terminal, csv otherwise; schema
                                  and info: table
  --full                          table: never shorten a cell
  --quiet                         no progress and no row count on standard error
)"},
    {"query shell", R"(Session
  --init SQL                      runs before, in the same session, and prints nothing;
                                  may be repeated

Flink
  --stream                        the query goes on; rows come with what they do: +I, -U,
                                  +U, -D
  --live                          the same, shown as the table that it makes, which
                                  changes in place on a terminal; Ctrl-C stops the query
  --live-max-rows N               what that table may have at most; past it the query
  --live-max-bytes N              ends with an error. Default: no limit
)"},
    {"ingest", R"(Files and table
  --format arrow|csv|parquet      default: what the file is; CSV and Parquet need pyarrow
  --mode MODE                     create (default; it must not exist), append (it must),
                                  replace, create_append
  --catalog NAME  --schema NAME   where the table is; default: the connection's
  --temporary                     a table that ends with the session
  --insert-fallback               by INSERT where the server has no bulk ingest
  --ingest-option NAME=VALUE      an option of the server's own; may be repeated
  --null-values A,B,...           CSV: what is NULL unless quoted; default: ',NA' (the
                                  empty text and NA)
  --delimiter C                   CSV: default a comma, of *.tsv a tab
  --names A,B,...                 CSV: the columns' names, for files without a header
  --column-type NAME=TYPE         CSV: instead of the type that its first values have;
                                  int64, float64, bool, string, date32, timestamp, ...
  --quiet                         no progress and no row count on standard error
)"},
    {"", R"(Connection
  --user NAME  --password TEXT    Basic authentication (or FLETCHING_PASSWORD)
  --token TEXT                    bearer token (or FLETCHING_TOKEN)
  --token-command TEXT            a program that prints a token, or JSON with access_token
                                  and expires_in; run again when that ends
  --auth KIND                     a login of fletching.auth: client_credentials,
                                  token_exchange, refresh_token, device_code,
                                  authorization_code, command or token_file
  --auth-option NAME=VALUE        what it needs: token_url, client_id, scope, ...;
                                  a VALUE of @FILE is in that file, $NAME in that
                                  variable of the environment; may be repeated
  --header NAME=VALUE             a header on every call; may be repeated
  --tls-root-certs PATH           certificate authorities to trust
  --tls-skip-verify               do not verify the server's certificate
  --timeout SECONDS               for a statement from start to its last row
  --option NAME=VALUE             any option of docs/reference/options.md
)"},
    {"tables", R"(Filters of tables
  --catalog NAME                  exact; '' for tables without one
  --schema PATTERN                % is any text, _ any character, \% and \_ are themselves
  --table PATTERN
  --type NAME                     TABLE, VIEW, ...; may be repeated (info lists them)
)"},
    {"schema", R"(Which table, by exact names; CATALOG.SCHEMA.TABLE is understood, too
  --catalog NAME  --schema NAME
)"},
    {"", R"(
Exit codes: 0 done; 1 the server refused or failed; 2 wrong usage or file; 3 no
connection; 4 not authorised; 5 timed out; 130 interrupted.
)"},
}};

// One of the help's flags that is a slip of the pen away, or empty.
std::string similar_flag(std::string_view flag) {
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz-";
  for (const HelpPart& part : kHelp) {
    size_t at = 0;
    while ((at = part.text.find("--", at)) != std::string_view::npos) {
      const size_t end =
          std::min(part.text.find_first_not_of(kName, at), part.text.size());
      const std::string_view found = part.text.substr(at, end - at);
      if (one_edit_apart(flag, found)) return std::string(found);
      at = end;
    }
  }
  return {};
}

std::string meant(std::string_view similar, const std::string& otherwise) {
  return " (" +
         (similar.empty() ? otherwise : "did you mean " + std::string(similar) + "?") +
         ")";
}

std::pair<std::string, std::string> split_pair(const std::string& flag,
                                               const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    // Not quoted: there may be a secret in it, as in curl's "Authorization: ...".
    throw UsageError(flag + " takes NAME=VALUE, and there is no = behind a name");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

IngestOptions::Mode parse_mode(const std::string& name) {
  using Mode = IngestOptions::Mode;
  if (name == "create") return Mode::kCreate;
  if (name == "append") return Mode::kAppend;
  if (name == "replace") return Mode::kReplace;
  if (name == "create_append") return Mode::kCreateAppend;
  throw UsageError("--mode is create, append, replace or create_append, not '" + name +
                   "'");
}

Format parse_format(const std::string& name) {
  const auto format = format_named(name);
  if (format) return *format;
  throw UsageError("--format is table, expanded, csv, jsonl or arrow, not '" + name +
                   "'");
}

bool parse_switch(Arguments& out, const std::string& flag) {
  if (flag == "--help" || flag == "-h") {
    out.help = true;
  } else if (flag == "--full") {
    out.output.full_cells = true;
  } else if (flag == "--quiet" || flag == "-q") {
    out.quiet = true;
  } else if (flag == "--stream" || flag == "--live") {
    out.options["mode"] = "streaming";
    out.options["changelog"] = "column";
    out.live = out.live || flag == "--live";
  } else if (flag == "--temporary") {
    out.ingest.temporary = true;
  } else if (flag == "--insert-fallback") {
    out.ingest.insert_fallback = true;
  } else if (flag == "--tls-skip-verify") {
    out.options["tls_skip_verify"] = "true";
  } else {
    return false;
  }
  return true;
}

bool parse_ingest_flag(Arguments& out, const std::string& flag,
                       const std::string& value) {
  if (flag == "--mode") {
    out.ingest.mode = parse_mode(value);
  } else if (flag == "--ingest-option") {
    const auto [name, text] = split_pair(flag, value);
    out.ingest.options[name] = text;
  } else if (flag == "--null-values" || flag == "--delimiter" || flag == "--names" ||
             flag == "--column-type") {
    out.csv_options.push_back(flag + "=" + value);
  } else {
    return false;
  }
  return true;
}

// Secrets need not be words, which everybody on the machine can see.
std::string resolved(const std::string& flag, const std::string& value) {
  if (value.starts_with('$')) {
    const char* found = std::getenv(value.c_str() + 1);
    if (found == nullptr) {
      throw UsageError(flag + ": there is no variable " + value.substr(1));
    }
    return found;
  }
  if (!value.starts_with('@')) return value;
  std::ifstream file(value.substr(1));
  if (!file) throw UsageError(flag + ": " + value.substr(1) + " cannot be read");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

bool parse_live_flag(render::LiveLimits& out, const std::string& flag,
                     const std::string& value) {
  if (flag != "--live-max-rows" && flag != "--live-max-bytes") return false;
  int64_t& limit = flag == "--live-max-rows" ? out.max_rows : out.max_bytes;
  const char* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, limit);
  if (error != std::errc{} || rest != end || limit < 0) {
    throw UsageError(flag + " takes a whole number, 0 for no limit, not '" + value +
                     "'");
  }
  return true;
}

bool parse_login_flag(Login& out, const std::string& flag, const std::string& value) {
  if (flag == "--token-command") {
    out.kind = "command";
    out.options.emplace_back("command", value);
  } else if (flag == "--auth") {
    out.kind = value;
  } else if (flag == "--auth-option") {
    const auto [name, text] = split_pair(flag, value);
    out.options.emplace_back(name, resolved(flag, text));
  } else {
    return false;
  }
  return true;
}

// Those that connect() of Python has for logins are options here, too.
void set_option(Arguments& out, const std::string& name, const std::string& value) {
  constexpr std::string_view kPrefix = "auth_";
  if (name == "auth") {
    out.login.kind = value;
  } else if (name.starts_with(kPrefix)) {
    out.login.options.emplace_back(name.substr(kPrefix.size()), value);
  } else {
    out.options[name] = value;
  }
}

void parse_flag(Arguments& out, const std::string& flag, const std::string& value) {
  if (flag == "--format" || flag == "-f") {
    out.format_name = value;
    out.format_given = true;
  } else if (parse_ingest_flag(out, flag, value) ||
             parse_live_flag(out.live_limits, flag, value) ||
             parse_login_flag(out.login, flag, value)) {
    // It was one of those.
  } else if (flag == "--init") {
    out.init.push_back(value);
  } else if (flag == "--user") {
    out.options["user"] = value;
  } else if (flag == "--password") {
    out.options["password"] = value;
  } else if (flag == "--token") {
    out.options["token"] = value;
  } else if (flag == "--header") {
    const auto [name, text] = split_pair(flag, value);
    out.options["adbc.flight.sql.rpc.call_header." + name] = text;
  } else if (flag == "--tls-root-certs") {
    out.options["tls_root_certs"] = value;
  } else if (flag == "--timeout") {
    out.options["timeout"] = value;
  } else if (flag == "--option" || flag == "-o") {
    const auto [name, text] = split_pair(flag, value);
    set_option(out, name, text);
  } else if (flag == "--catalog") {
    out.catalog = value;
  } else if (flag == "--schema") {
    out.schema = value;
  } else if (flag == "--table") {
    out.table = value;
  } else if (flag == "--type") {
    out.types.push_back(value);
  } else {
    throw UsageError("there is no flag " + flag +
                     meant(similar_flag(flag), "fletching --help lists them"));
  }
}

size_t words_needed(const std::string& command) {
  if (command == "ingest") return 3;
  return command == "query" || command == "schema" ? 2 : 1;
}

// The command says what a format is of, and may come after it.
void check_format(Arguments& a) {
  if (!a.format_given) return;
  const std::string& name = a.format_name;
  if (a.command != "ingest") {
    a.output.format = parse_format(name);
  } else if (name != "arrow" && name != "csv" && name != "parquet") {
    throw UsageError("--format of ingest is arrow, csv or parquet, not '" + name + "'");
  }
}

void check_login(const Arguments& a) {
  if (a.login.kind.empty() && !a.login.options.empty()) {
    throw UsageError("--auth-option needs --auth");
  }
  if (!a.login.kind.empty() && a.options.contains("token")) {
    throw UsageError("give a --token or a login, not both");
  }
}

bool is_url(const std::string& word) {
  return word.find("://") < word.find_first_of(" \t\n'\"");
}

void check_words(const Arguments& a) {
  const size_t need = words_needed(a.command);
  if (a.words.size() > 1 && !is_url(a.words[0]) && is_url(a.words[1])) {
    throw UsageError("the URL comes first (fletching " + a.command + " --help)");
  }
  if (a.words.size() < need) {
    throw UsageError("fletching " + a.command + " needs " +
                     (a.words.empty() ? "a URL, for example grpc://127.0.0.1:31337"
                      : a.command == "query" ? "the SQL (or - for standard input)"
                      : a.words.size() == 1  ? "the name of a table"
                                             : "a file (or - for standard input)"));
  }
  if (a.words.size() > need && a.command != "ingest") {
    throw UsageError("fletching " + a.command + ": '" + a.words[need] +
                     "' is one word too many (quote the SQL)");
  }
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& argv) {
  Arguments out;
  bool flags_over = false;
  for (size_t i = 0; i < argv.size(); ++i) {
    const std::string& word = argv[i];
    if (out.command == "serve") {
      out.words.push_back(word);
      continue;
    }
    if (word == "--" && !flags_over) {
      flags_over = true;
      continue;
    }
    if (flags_over || word.size() < 2 || word[0] != '-') {
      if (out.command.empty()) {
        out.command = word;
      } else {
        out.words.push_back(word);
      }
      continue;
    }
    if (word == "--version" && out.command.empty()) {
      out.command = "version";
      continue;
    }
    if (word.starts_with("--") && word.find_first_of(" \n") < word.find('=')) {
      out.words.push_back(word);  // SQL that begins with a comment
      continue;
    }
    const size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    if (equals == std::string::npos && parse_switch(out, flag)) continue;
    if (equals == std::string::npos && i + 1 == argv.size()) {
      parse_flag(out, flag, "");  // unknown flags are named as such
      throw UsageError(flag + " needs a value");
    }
    parse_flag(out, flag,
               equals == std::string::npos ? argv[++i] : word.substr(equals + 1));
  }
  if (out.command.empty()) out.help = true;
  if (out.command == "help") out.help = true;
  if (out.help || out.command == "serve" || out.command == "version") return out;
  if (std::find(kCommands.begin(), kCommands.end(), out.command) == kCommands.end()) {
    const auto similar =
        std::find_if(kCommands.begin(), kCommands.end(),
                     [&](auto name) { return one_edit_apart(out.command, name); });
    throw UsageError("there is no command '" + out.command + "'" +
                     meant(similar == kCommands.end() ? "" : *similar,
                           "query, shell, tables, schema, ingest, info, ping, serve"));
  }
  check_format(out);
  check_words(out);
  check_login(out);
  return out;
}

std::string help_text(const std::string& command) {
  const bool known =
      std::find(kCommands.begin(), kCommands.end(), command) != kCommands.end();
  std::string text;
  for (const HelpPart& part : kHelp) {
    const bool here =
        part.commands.empty() || part.commands.find(command) != std::string_view::npos;
    if (here || !known) text += part.text;
  }
  return text;
}

}  // namespace fletching::cli
