# SPDX-License-Identifier: Apache-2.0
"""DataFusion 55: what it can do, and what not."""

CAN = [
    "get_isolation_level_values",
    "isolation_level",
    "create_table_as",
    "create_or_replace_view",
    "table_ddl_if_exists",
    "schemas",
    "schema_create_delete",
    "schema_reflection",
    "implicit_default_schema",
    "unicode_ddl",
    "percent_schema_names",
    "views",
    "view_reflection",
    "view_column_reflection",
    "reflect_table_options",
    "array_type",
    "datetime_literals",
    "datetime_interval",
    "date_historic",
    "datetime_historic",
    "timestamp_microseconds",
    "precision_numerics_enotation_large",
    "precision_numerics_many_significant_digits",
    "precision_numerics_retains_significant_digits",
    "cast_precision_numerics_many_significant_digits",
    "infinity_floats",
    "float_or_double_precision_behaves_generically",
    "boolean_col_expressions",
    "nullsordering",
    "intersect",
    "except_",
    "window_functions",
    "window_range",
    "window_range_numeric",
    "window_range_non_numeric",
    "ctes",
    "ctes_with_values",
    "table_value_constructor",
    "tuple_in",
    "tuple_in_w_empty",
    "supports_distinct_on",
    "regexp_match",
    "regexp_replace",
    "mod_operator_as_percent_sign",
    "order_by_label_with_expression",
    "aggregate_order_by",
    "supports_bitwise_and",
    "supports_bitwise_or",
    "supports_bitwise_xor",
    "supports_bitwise_shift",
    "fetch_first",
    "fetch_no_order_by",
    "fetch_expression",
    "nvarchar_types",
    "generic_classes",
]

_KEYS = "DataFusion keeps no keys or constraints, and checks none"
_INDEX = "DataFusion has no indexes"
_TEMPORARY = "DataFusion has no temporary tables or views"
_NUMBERS = "DataFusion numbers no rows"
_RETURNING = "DataFusion has no RETURNING"

CANNOT = {
    "self_referential_foreign_keys": _KEYS,
    "primary_key_constraint_reflection": _KEYS,
    "foreign_key_constraint_reflection": _KEYS,
    "unique_constraint_reflection": _KEYS,
    "named_constraints": _KEYS,
    "implicitly_named_constraints": _KEYS,
    "duplicate_key_raises_integrity_error": _KEYS,
    "index_reflection": _INDEX,
    "indexes_with_ascdesc": _INDEX,
    "temporary_tables": _TEMPORARY,
    "temp_table_reflection": _TEMPORARY,
    "autoincrement_insert": _NUMBERS,
    "autoincrement_without_sequence": _NUMBERS,
    "duplicate_names_in_cursor_description": (
        "DataFusion refuses two columns of one name"
    ),
    "autocommit": "DataFusion has no transactions: AUTOCOMMIT is its only level",
    "identity_columns": "DataFusion reads IDENTITY and forgets it",
}

_DECIMALS = "DataFusion reads long decimal literals as floats"

# Single tests that have no requirement of their own, some in SQLAlchemy 1.4 alone.
OTHERWISE = {
    "ComponentReflectionTest::test_get_indexes": _INDEX,
    "HasIndexTest::test_has_index": _INDEX,
    "QuotedNameArgumentTest::test_get_foreign_keys": _KEYS,
    "QuotedNameArgumentTest::test_get_indexes": _INDEX,
    "IsolationLevelTest::test_dialect_user_setting_is_restored": (
        "DataFusion has no transactions: AUTOCOMMIT is its only level"
    ),
    "InsertBehaviorTest::test_insert_from_select_autoinc": _NUMBERS,
    "InsertBehaviorTest::test_no_results_for_non_returning_insert": _NUMBERS,
    "LongNameBlowoutTest::test_long_convention_name[ix": _INDEX,
    "ServerSideCursorsTest::test_roundtrip_fetch": _NUMBERS,
    "ServerSideCursorsTest::test_ss_cursor_status[for_update_string": (
        "DataFusion reads no FOR UPDATE"
    ),
    "TrueDivTest::test_truediv_divisor[numeric_38_digit_divisor": _DECIMALS,
    "TrueDivTest::test_truediv_divisor[numeric_many_decimals": _DECIMALS,
    "TrueDivTest::test_truediv_divisor[numeric_tiny_divisor-untyped": _DECIMALS,
}
