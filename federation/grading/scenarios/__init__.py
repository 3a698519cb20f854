"""What is done to a bank in a graded run, one file each: the plan is played, something is broken meanwhile, and proven.

stage      what a scenario may do, and what it leaves behind
"""
