#!/bin/sh
# The demo's application: fetches a page once an hour.
while curl -fsS https://example.org/; do
    sleep 3600
done
