"""Faults on a running federation of `bankfed up`: who holds them, and how they are put right whatever happens to him.

__main__       the fault keeper, a process that outlives the call: holds faults, timers and, in a lab, the banks' doors
holding        the faults in force: begun, ended by hand or by time, asked whether they bit
site, broker   this federation as what there is to break; each break is written down before it is done
journal        what is broken now and by what; from it all is put right without whoever broke it
calling        how `bankfed chaos` reaches the fault keeper, and heals where he cannot be reached

The faults themselves are in `federation.faults`; the supervisor starts the fault keeper and ends him.
"""
