"""What importing the package costs."""

import subprocess
import sys


def test_importing_the_data_package_imports_neither_pandas_nor_scikit_learn():
    code = (
        "import sys, clearprop.data;"
        "print([m for m in ('pandas', 'sklearn', 'scipy', 'pyarrow') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
