package api

func (s *service) overviewRoutes() {}
