from .comparison_charts import differences
from .notebook_charts import categories, costs, spread

__all__ = ["categories", "costs", "differences", "spread"]
