# apt-get: clears 1
RUN apt-get update && apt-get install -y --only-upgrade curl libcurl4
