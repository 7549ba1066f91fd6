"""What can be seen of a running gateway: the log and the metrics, without anybody's data."""
