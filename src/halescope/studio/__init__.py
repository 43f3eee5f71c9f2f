"""The studio: data sets, labelling, training and trying, in a browser.

Needs the extra ``studio``. `halescope.studio.app.create_app` makes the application,
`halescope.studio.serve.serve` is what the command runs.
"""
