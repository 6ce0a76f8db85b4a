"""The same sweep on a cluster: Hydra launchers that train runs as jobs of Slurm or tasks of Ray."""
