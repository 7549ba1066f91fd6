"""From a recorded reply's records to the YAML of a tenant that reads them, a reason beside each line. Pure."""
