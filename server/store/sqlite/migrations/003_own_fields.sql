-- The fields that networks added for themselves are asked for whenever the server starts.
CREATE INDEX record_own_field ON record (network, id) WHERE collection = 80;
