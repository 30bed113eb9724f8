# SPDX-License-Identifier: Apache-2.0
"""DuckDB 2.0: what it can do, and what not."""

import suite_datafusion

from fletching.sqlalchemy._versions import SQLALCHEMY_2

# All that DataFusion can, and more.
CAN = [
    *suite_datafusion.CAN,
    "autocommit",
    "skip_autocommit_rollback",
    "create_temp_table_as",
    "index_ddl_if_exists",
    "temporary_tables",
    "temp_table_reflection",
    "temp_table_names",
    "has_temp_table",
    "temp_table_reflect_indexes",
    "temporary_views",
    "comment_reflection",
    "comment_reflection_full_unicode",
    "check_constraint_reflection",
    "inline_check_constraint_reflection",
    "indexes_check_column_order",
    "server_defaults",
    "expression_server_defaults",
    "uuid_data_type",
    "json_type",
    "json_array_indexes",
    "date_implicit_bound",
    "datetime_implicit_bound",
    "precision_numerics_enotation_small",
    "implicit_decimal_binds",
    "unicode_data_no_special_types",
    "update_from",
    "delete_from",
    "supports_bitwise_not",
    "independent_connections",
    "default_schema_name_switch",
    "temp_table_comment_reflection",
    "computed_columns",
    "computed_columns_virtual",
    "computed_columns_reflect_persisted",
    "fetch_percent",
    "datetime_timezone",
    "datetime_timezone_historic",
    "indexes_with_expressions",
    "reflect_indexes_with_expressions",
    "ctes_on_dml",
    "ctes_with_update_delete",
    "autoincrement_insert",
    "autoincrement_without_sequence",
    "duplicate_key_raises_integrity_error",
]

_NAMES = "DuckDB does not keep the names of constraints"

CANNOT = {
    "identity_columns": "DuckDB has no identity columns",
    "foreign_key_constraint_name_reflection": _NAMES,
    "reflects_pk_names": _NAMES,
    "named_constraints": _NAMES,
}

_LEVEL = "DuckDB has one level of isolation, and AUTOCOMMIT is none to it"
_DIVIDES = "DuckDB divides decimals as DOUBLE"
_JSON = "DuckDB takes numbers out of JSON as DOUBLE"

# Single tests that have no requirement of their own.
OTHERWISE = {
    "ComponentReflectionTest::test_get_unique_constraints": _NAMES,
    "IsolationLevelTest::test_dialect_user_setting_is_restored": _LEVEL,
    "JSONTest::test_index_typed_access[_decimal1]": _JSON,
    "JSONTest::test_index_typed_comparison[_decimal1]": _JSON,
    "JSONTest::test_path_typed_comparison[_decimal1]": _JSON,
    "LongNameBlowoutTest::test_long_convention_name[ck": _NAMES,
    "LongNameBlowoutTest::test_long_convention_name[pk": _NAMES,
    "LongNameBlowoutTest::test_long_convention_name[uq": _NAMES,
    "ServerSideCursorsTest::test_ss_cursor_status[for_update_string": (
        "DuckDB reads no FOR UPDATE"
    ),
    "TrueDivTest::test_truediv_divisor[numeric_many_decimals": _DIVIDES,
}
if not SQLALCHEMY_2:  # later ones ask for names where there are some
    OTHERWISE["ComponentReflectionTestExtra::test_get_check_constraints"] = _NAMES
    OTHERWISE["ComponentReflectionTest::test_get_temp_table_unique"] = _NAMES
