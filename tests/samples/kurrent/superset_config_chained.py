# From the README of kurrent-sqlalchemy 0.2.1, "If you already use FLASK_APP_MUTATOR for
# something else, chain them". Filled in: the import, which the README has above.
from kurrent_sqlalchemy.superset import install_superset_patches

def my_app_mutator(app):
    install_superset_patches(app)
    # ... your existing logic ...

FLASK_APP_MUTATOR = my_app_mutator
