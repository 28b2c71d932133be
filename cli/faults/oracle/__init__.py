"""The oracle: what must hold after every run, whatever broke during it.

It reads a home from outside, as an auditor would who distrusts every process: rows, blobs, the
ledger, Temporal's executions, mails, logs, and the bytes of every stored revision, judged by our
own verifier, by poppler, qpdf and openssl. It changes nothing.

    scene.py    the home that is judged, and which envelopes of it
    acts.py     I1 I2 I5   acts and signatures belong together, one to one
    ledger.py   I6         the chain holds, one event per step
    paper.py    I3 I4      every signature on its own stored revision, every revision a prefix
    waiting.py  I7         nothing waits without a workflow or a visible reason
    mails.py    I8         everybody who was asked got a mail, and one end
    traces.py   I9         no plaintext, token or PIN where none belongs
    vault.py    I10 I11    blobs are rows, no nonce twice under a key
    register.py I12 I13    imports have their time-stamps, deletions are carried out
    promises.py I14        what an act rests on and shows: consents, files, seals
    judge.py    all of them, as a command of its own
"""
