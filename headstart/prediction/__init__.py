"""Before fine-tuning on a table: which source to start from, how many samples are needed, whether to freeze."""

from headstart.prediction.outlook import Option, Prediction, Source, predict
from headstart.prediction.table import Table, read_table, read_weights

__all__ = ["Option", "Prediction", "Source", "Table", "predict", "read_table", "read_weights"]
