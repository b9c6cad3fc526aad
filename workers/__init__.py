"""The worker: talks to other people's servers, fed by rows written along with the facts."""
