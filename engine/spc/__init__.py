"""Statistical process control: control limits, run rules, CUSUM, EWMA and capability over numbers in time order.

Pure arithmetic on decimal numbers of 34 digits, below FEEL so that its built-ins can call it. Null, lists of other things and
what they mean are FEEL's business: what comes in here are numbers, and None is "there is no such value".
"""
