"""The JavaScript engine behind one protocol; knows nothing of agents."""
