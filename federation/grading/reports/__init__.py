"""What is handed out after a graded run. An `Outcome` goes in, files come out; nothing is measured or judged here.

filing      all of it into one folder; progress: against the last run, by its results.json
headline    the score and what it means, in words; lessons: what each scenario is there to teach
page        report.html: one file, no network, no script; chapter: what it says of a scenario that fell
moments     what happened around a transfer, in the order it happened; drawing: the same as lines and arrows over time
gradescope  results.json; classroom: GitHub Classroom's; junit: junit.xml
classbook   a class: one row per submission, as a page and as CSV
recheck     a bundle read and judged again
quoting     text of strangers, harmless and cut to a length
sheets      the templates and their look

Names, answers, logs and records are a stranger's text wherever they appear: templates escape everything, and no page
can load anything. The terminal's table is the command's own (`federation.cli`).
"""
