"""`unspool table`: one row for each response, over one source or many, in one process, several, or a cluster."""
