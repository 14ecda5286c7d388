mkdir -p /work/hub
