"""How fast engines are, and how much memory they take, beside other programs."""
