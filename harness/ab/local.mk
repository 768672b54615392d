# harness/ab: campaigns, sessions, schedule, protocols, live toggle, calibration.
harness_libharness_a_SOURCES += \
  harness/ab/ab_campaigns.c harness/ab/ab_options.c harness/ab/ab_options.h harness/ab/ab_run.c harness/ab/ab_run.h \
  harness/ab/ab_side.c harness/ab/ab_source.c harness/ab/ab_two.c harness/ab/ab_project.c harness/ab/project_step0.c \
  harness/ab/ab_explain.c harness/ab/ab_words.c harness/ab/ab_words.h harness/ab/ab_words.def \
  harness/ab/project_candidates.c \
  harness/ab/ab_fill.c harness/ab/ab_gate.c harness/ab/ab_print.c harness/ab/ab_print.h \
  harness/ab/arms.c harness/ab/arms_expand.c harness/ab/arms_expand.h harness/ab/arms_print.c \
  harness/ab/baseline.c harness/ab/baseline.h \
  harness/ab/run_rules.c harness/ab/run_rules.h \
  harness/ab/calibration.c harness/ab/calibration.h harness/ab/calibration_kind.h harness/ab/calibration_score.c \
  harness/ab/calibration_store.c harness/ab/calibration_store.h \
  harness/ab/inject.c harness/ab/inject.h \
  harness/ab/campaign.c harness/ab/campaign.h harness/ab/campaign_look.c \
  harness/ab/campaign_runs.c harness/ab/campaign_salvage.c \
  harness/ab/liveness.c harness/ab/liveness.h \
  harness/ab/neighbours.c harness/ab/neighbours.h \
  harness/ab/pilot.c harness/ab/pilot.h \
  harness/ab/schedule.c harness/ab/schedule.h \
  harness/ab/session.c harness/ab/session.h \
  harness/ab/spending.c harness/ab/spending.h \
  harness/ab/step_gate.c harness/ab/step_gate.h \
  harness/ab/subject.c harness/ab/subject.h \
  harness/ab/toggle.c harness/ab/toggle.h \
  harness/ab/trust.c harness/ab/trust.h harness/ab/trust_campaign.c harness/ab/trust_campaign.h

# BENCH_AB='--seconds 2 --repeats 2' for a short run.
BENCH_AB =
EXTRA_DIST += harness/ab/bench_ab.py
bench-ab: hakmem-harness hakmem-bench hakmem-ab-runner libhakmem.la variant.recipe
bench-ab: ## all A/B methods side by side, with equal time
	python3 $(srcdir)/harness/ab/bench_ab.py ./hakmem-harness "`pwd`/hakmem-bench" results/bench-ab $(BENCH_AB)
PHONY += bench-ab

# Campaigns whose right answer is known: kept as one line each, and the page that is made of them.
EXTRA_DIST += harness/ab/trust_page.py
CAMPAIGNS_KEPT = $(srcdir)/doc/analysis/data/trust
MINUTES = 10
TRUST_FLAGS =
trust.trace: hakmem-harness$(EXEEXT) libhakmem-record.la
	$(AM_V_GEN)rm -f $@ && ./hakmem-harness record -q -o $@ -- ./hakmem-harness sites >/dev/null
CLEANFILES += trust.trace
trust-campaigns: all trust.trace
trust-campaigns: ## append campaigns of known answer for MINUTES (quiet machine; --kinds and more in TRUST_FLAGS)
	$(MKDIR_P) $(CAMPAIGNS_KEPT)
	./hakmem-harness calibrate --append $(CAMPAIGNS_KEPT)/campaigns.csv --minutes $(MINUTES) --budget 4 \
	  --trace trust.trace $(TRUST_FLAGS)
trust: ## doc/trust.md and its pictures, from the kept campaigns
	python3 $(srcdir)/harness/ab/trust_page.py $(CAMPAIGNS_KEPT)/campaigns.csv $(srcdir)/doc/trust.md \
	  $(srcdir)/doc/pictures $(srcdir)/plots
# BENCH_REPEAT='--campaigns 4 --budget 2' for a short run.
BENCH_REPEAT =
bench-repeat: all ## the same two files 48 times: eight nops, then a locked instruction; do verdicts contradict?
	./hakmem-harness calibrate --campaigns 48 --budget 8 --kinds nops-8 $(BENCH_REPEAT)
	./hakmem-harness calibrate --campaigns 48 --budget 8 --kinds lock-1 $(BENCH_REPEAT)
PHONY += trust trust-campaigns bench-repeat
