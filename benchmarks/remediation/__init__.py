"""What remedies reach on real text and what they cost, and parity with the library they follow."""
