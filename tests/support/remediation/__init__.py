"""Programs that train and compute losses in processes of their own."""
