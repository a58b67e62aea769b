"""What is known of rigs: joints by name, rest poses, carrying motion over. numpy only."""
