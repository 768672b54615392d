# harness/peers: HAKMEM beside the packaged allocators.
harness_libharness_a_SOURCES += \
  harness/peers/peers.h harness/peers/peers.def harness/peers/peers_rows.c \
  harness/peers/peers_run.c harness/peers/peers_programs.c

bench-peers: all
bench-peers: ## HAKMEM without gates and the packaged allocators on every row, one interleaved run (PEERS_FLAGS)
	./hakmem-harness peers $(PEERS_FLAGS)
