"""What Tekana sends to other people's servers, fed by rows in PostgreSQL."""
